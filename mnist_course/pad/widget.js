import { inflate, readNetwork } from "./network.js";
import { mountPad } from "./pad.js";

// The pad in a notebook: anywidget calls render() with the Python object's traits.

const toBytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

async function render({ model, el }) {
  const pad = mountPad(el.appendChild(document.createElement("div")), {
    onImage(image) {
      model.set("image", Array.from(image));
      model.save_changes();
    },
  });

  async function updateWeights() {
    try {
      pad.setNetwork(readNetwork(await inflate(toBytes(model.get("weights")))));
      const labels = model.get("sample_labels");
      const pixels = new Uint8Array(await inflate(toBytes(model.get("sample_images"))));
      const images = labels.map((_, i) => pixels.subarray(i * 784, (i + 1) * 784));
      if (labels.length) pad.setSamples({ images, labels });
    } catch (error) {
      pad.showError(`The network could not be loaded (${error.message}). Run the cell again.`);
    }
  }

  function updateImage() {
    const image = Uint8Array.from(model.get("image"));
    // Python also sends back an image that was drawn here: it is on the canvas already.
    if (image.some((value) => value > 0) && String(image) !== String(pad.image()))
      pad.showImage(image);
  }

  model.on("change:weights", updateWeights);
  model.on("change:image", updateImage);
  await updateWeights();
  updateImage();
  return () => {
    model.off("change:weights", updateWeights);
    model.off("change:image", updateImage);
    pad.destroy();
  };
}

export default { render };
