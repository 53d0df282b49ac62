"""What tests of interactive figures share: a kernel with a front end, and interactive plotting."""

import contextlib
from collections.abc import Iterator

import matplotlib.pyplot as plt
from jupyter_client.manager import start_new_kernel

PNG_SIGNATURE = b"\x89PNG"


class FrontEnd:
    """A front end as far as widgets need one: it stores their state and sends changes."""

    def __init__(self, client):
        self.client, self.states = client, {}

    def run(self, code: str) -> list[dict]:
        """Run a cell; return what the kernel published, including widget messages."""
        return self.read_outputs(self.client.execute(code))

    def set_value(self, model_id: str, value) -> list[dict]:
        """Set a control's value, like a user's mouse; return what the kernel published."""
        content = {
            "comm_id": model_id,
            "data": {"method": "update", "state": {"value": value}, "buffer_paths": []},
        }
        message = self.client.session.msg("comm_msg", content)
        self.client.shell_channel.send(message)
        return self.read_outputs(message["header"]["msg_id"])

    def read_outputs(self, request: str) -> list[dict]:
        """Return the messages that answer a request, until the kernel is idle again."""
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", "\n".join(content["traceback"])
            if kind == "status" and content["execution_state"] == "idle":
                return messages
            if kind in ("comm_open", "comm_msg") and "state" in content["data"]:
                state = dict(content["data"]["state"])
                for path, buffer in zip(
                    content["data"].get("buffer_paths", []), message["buffers"], strict=True
                ):
                    state[path[0]] = bytes(buffer)
                self.states.setdefault(content["comm_id"], {}).update(state)
                content = content | {"state": state}
            messages.append(content | {"kind": kind})

    def find(self, kind: str) -> str:
        """Return the id of the only widget of a kind."""
        [found] = [i for i, state in self.states.items() if state.get("_model_name") == kind]
        return found


@contextlib.contextmanager
def kernel_front_end() -> Iterator[FrontEnd]:
    """Start a kernel for as long as the block runs; give a front end that is connected to it."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield FrontEnd(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@contextlib.contextmanager
def interactive_plotting() -> Iterator[None]:
    """Plot as in a kernel: interactive, with figures kept until the cell ends."""
    backend = plt.get_backend()
    plt.switch_backend("module://matplotlib_inline.backend_inline")
    with plt.ion():
        yield
    plt.switch_backend(backend)
