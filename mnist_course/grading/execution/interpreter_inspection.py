"""Inspect the student's kernel for replaced functions and hooks.

`find_replaced_objects` is sent to the kernel as source text, so it imports everything it needs.
"""


def find_replaced_objects() -> list[str]:
    """List what was replaced in this interpreter; the list is empty for honest work."""
    import builtins
    import sys
    import types

    builtin_names = "abs all any bool callable dict enumerate float getattr hasattr int isinstance "
    builtin_names += (
        "issubclass len list map max min range repr round set sorted str sum tuple type zip "
    )
    builtin_names += "AssertionError Exception BaseException"
    inspected = ("builtins", "keras", "math", "mnist_course", "numpy", "sklearn", "unittest")
    found = []

    def defined_by_student(value):
        # Only known types are inspected: attributes of others may import modules, or be false.
        while isinstance(value, types.MethodType | classmethod | staticmethod):
            value = value.__func__
        if isinstance(value, types.FunctionType):
            return value.__module__ == "__main__" or "ipykernel_" in value.__code__.co_filename
        if isinstance(value, type):
            return value.__module__ == "__main__"
        return type(value).__module__ == "__main__"

    def check(owner, values):
        for name, value in list(values.items()):
            if defined_by_student(value):
                found.append(f"{owner}.{name} was replaced")

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in inspected:
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
    for name in builtin_names.split():
        value = getattr(builtins, name, None)
        kinds = (types.BuiltinFunctionType, type)
        if not isinstance(value, kinds) or value.__name__ != name:
            found.append(f"{name} was replaced")
        if callable(shell.user_ns.get(name)) and shell.user_ns[name] is not value:
            found.append(f"the name {name} was assigned to another object")
    for name, module in (("np", "numpy"), ("numpy", "numpy"), ("keras", "keras")):
        if name in shell.user_ns and shell.user_ns[name] is not sys.modules.get(module):
            found.append(f"the name {name} was assigned to another object")

    if shell.ast_transformers or shell.custom_exceptions or shell.input_transformers_post:
        found.append("IPython was configured to change code or to suppress errors")
    manager = shell.input_transformer_manager
    for transform in [*manager.cleanup_transforms, *manager.line_transforms]:
        if defined_by_student(transform):
            found.append("IPython was configured to change code")
    for callbacks in shell.events.callbacks.values():
        if any(map(defined_by_student, callbacks)):
            found.append("IPython was configured to run other code with every cell")
    for owner in (shell, shell.kernel, shell.kernel.session, shell.display_formatter, sys):
        classes = () if isinstance(owner, types.ModuleType) else type(owner).__mro__
        functions = {key: value for key, value in vars(owner).items() if callable(value)}
        functions.pop("user_module", None)
        check(type(owner).__name__, functions)
        for base in classes:
            check(base.__name__, vars(base))
    if sys.gettrace() or sys.getprofile():
        found.append("the interpreter is being traced")

    unequal = object()
    for name, value in list(shell.user_ns.items()):
        try:
            if (value == unequal) is True or (value != unequal) is False:
                found.append(f"{name} compares equal to every object")
        except Exception:
            continue
    return sorted(set(found))[:20]
