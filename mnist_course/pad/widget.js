import { inflate, readNetwork } from "./network.js";
import { mountPad } from "./pad.js";

// The pad's home in a notebook: anywidget calls render() with the Python object's traits.

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

async function render({ model, el }) {
  const pad = mountPad(el.appendChild(document.createElement("div")), {
    onImage(image) {
      model.set("image", Array.from(image));
      model.save_changes();
    },
  });

  async function receive() {
    try {
      pad.receiveNetwork(readNetwork(await inflate(bytesOf(model.get("weights")))));
      const labels = model.get("sample_labels");
      const pixels = new Uint8Array(await inflate(bytesOf(model.get("sample_images"))));
      const images = labels.map((_, i) => pixels.subarray(i * 784, (i + 1) * 784));
      if (labels.length) pad.receiveSamples({ images, labels });
    } catch (error) {
      pad.fail(`The network did not arrive (${error.message}). Run the cell again.`);
    }
  }

  function show() {
    const image = Uint8Array.from(model.get("image"));
    // What was drawn here comes back from Python: it lies on the paper already.
    if (image.some((value) => value > 0) && String(image) !== String(pad.image()))
      pad.showImage(image);
  }

  model.on("change:weights", receive);
  model.on("change:image", show);
  await receive();
  show();
  return () => {
    model.off("change:weights", receive);
    model.off("change:image", show);
    pad.destroy();
  };
}

export default { render };
