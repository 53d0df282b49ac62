"""What runs in the student's kernel, beside the tests, to see whether Python is still Python.

`look` is sent to the kernel as text, so it stands alone and imports all that it needs.
"""


def look() -> list[str]:
    """Return what was replaced in this interpreter, in words; nothing in an honest one."""
    import builtins
    import sys
    import types

    needed = "abs all any bool callable dict enumerate float getattr hasattr int isinstance "
    needed += "issubclass len list map max min range repr round set sorted str sum tuple type zip "
    needed += "AssertionError Exception BaseException"
    tested = ("builtins", "keras", "math", "mnist_course", "numpy", "sklearn", "unittest")
    found = []

    def homemade(value):
        # Only types that are known are asked further: others may load modules, or answer lies.
        while isinstance(value, types.MethodType | classmethod | staticmethod):
            value = value.__func__
        if isinstance(value, types.FunctionType):
            return value.__module__ == "__main__" or "ipykernel_" in value.__code__.co_filename
        if isinstance(value, type):
            return value.__module__ == "__main__"
        return type(value).__module__ == "__main__"

    def check(where, values):
        for name, value in list(values.items()):
            if homemade(value):
                found.append(f"{where}.{name} was replaced")

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in tested:
            continue
        check(name, vars(module))
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == name:
                check(f"{name}.{value.__name__}", vars(value))
    testing = sys.modules.get("numpy.testing")
    for name, value in vars(testing).items() if testing else ():
        if name.startswith("assert_") and getattr(value, "__name__", "") != name:
            found.append(f"numpy.testing.{name} was replaced")
    shell = sys.modules["ipykernel.zmqshell"].ZMQInteractiveShell.instance()
    for name in needed.split():
        value = getattr(builtins, name, None)
        kinds = (types.BuiltinFunctionType, type)
        if not isinstance(value, kinds) or value.__name__ != name:
            found.append(f"{name} was replaced")
        if callable(shell.user_ns.get(name)) and shell.user_ns[name] is not value:
            found.append(f"the name {name} was given to something else")
    for name, known in (("np", "numpy"), ("numpy", "numpy"), ("keras", "keras")):
        if name in shell.user_ns and shell.user_ns[name] is not sys.modules.get(known):
            found.append(f"the name {name} was given to something else")

    if shell.ast_transformers or shell.custom_exceptions or shell.input_transformers_post:
        found.append("IPython was told to change code or to swallow errors")
    manager = shell.input_transformer_manager
    for transform in [*manager.cleanup_transforms, *manager.line_transforms]:
        if homemade(transform):
            found.append("IPython was told to change code")
    for callbacks in shell.events.callbacks.values():
        if any(map(homemade, callbacks)):
            found.append("IPython was told to run something with every cell")
    for owner in (shell, shell.kernel, shell.kernel.session, shell.display_formatter, sys):
        own = {} if isinstance(owner, types.ModuleType) else type(owner).__mro__
        kept = {key: value for key, value in vars(owner).items() if callable(value)}
        check(type(owner).__name__, {k: v for k, v in kept.items() if k != "user_module"})
        for base in own:
            check(base.__name__, vars(base))
    if sys.gettrace() or sys.getprofile():
        found.append("the interpreter is being traced")

    unlike = object()
    for name, value in list(shell.user_ns.items()):
        try:
            if (value == unlike) is True or (value != unlike) is False:
                found.append(f"{name} says that it equals anything")
        except Exception:
            continue
    return sorted(set(found))[:20]
