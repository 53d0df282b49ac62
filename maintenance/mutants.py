"""Mutate the reference solutions of the exercises and run the checks on the mutants.

The mutants are those of cosmic-ray's operators, such as ``*`` for ``+`` or 29 for 28, and those of
`mistakes`: what students get wrong. ``tests/notebooks/equivalent_mutants.py`` lists the mutants
that are right answers, each with the reason::

    EQUIVALENT = {"02-reshape": {"place": {"name of the mutant": "why its answers are right"}}}
"""

import ast
import contextlib
import copy
import runpy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import cache
from itertools import count
from pathlib import Path

import cosmic_ray.plugins
import nbformat
from cosmic_ray.mutating import mutate_code

from maintenance.exercise_verdicts import ANSWERS, SOURCE, TRAINING_TASKS, by_id, tasks, verdicts

EQUIVALENT_FILE = ANSWERS.parent / "equivalent_mutants.py"
SECONDS = 20  # for one mutant and its check; most need a hundredth of a second
SECONDS_TRAINING = 120
MEMORY = 4 * 2**30  # bytes that mutants may add to those of the process

# Names that are taken for each other.
SWAPPED = {
    "mean": ("sum", "median"),
    "sum": ("mean", "max"),
    "std": ("var",),
    "max": ("min",),
    "min": ("max",),
    "argmax": ("argmin", "max"),
    "argmin": ("argmax", "min"),
    "argsort": ("sort",),
    "any": ("all",),
    "all": ("any",),
    "zeros": ("ones",),
    "log": ("log2", "log10"),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "X_train": ("X_new",),
    "X_new": ("X_train",),
    "y_train": ("y_new",),
    "y_new": ("y_train",),
    "float32": ("float64", "float16", "uint8"),
    "float64": ("float32", "int64", "uint8"),
    "int64": ("int32", "int16", "uint8"),
    "uint8": ("int8", "float32"),
    "IndexError": ("ValueError",),
    "ValueError": ("TypeError", "Exception"),
}


@dataclass
class Score:
    """What became of the mutants of one task, by name."""

    killed: list[str] = field(default_factory=list)
    killed_when_graded: list[str] = field(default_factory=list)
    equivalent: list[str] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return the number of mutants."""
        lists = (self.killed, self.killed_when_graded, self.equivalent, self.survivors)
        return sum(map(len, lists))


@cache
def operators() -> tuple:
    """Return cosmic-ray's operators, but for those that need arguments."""
    names = sorted(cosmic_ray.plugins.operator_names())
    return tuple(
        cosmic_ray.plugins.get_operator(name)()
        for name in names
        if not name.startswith("core/Variable")
    )


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a student may have written in place of a part of the solution."""
    match node:
        case ast.Attribute(value=value, attr=name, ctx=ctx) if name in SWAPPED:
            yield from (ast.Attribute(value, other, ctx) for other in SWAPPED[name])
        case ast.Name(id=name, ctx=ast.Load()) if name in SWAPPED:
            yield from (ast.Name(other, ast.Load()) for other in SWAPPED[name])
        case ast.Constant(value=str(name)) if name in SWAPPED:
            yield from (ast.Constant(other) for other in SWAPPED[name])
        case ast.keyword(arg="epochs"):
            yield ast.keyword("epochs", ast.Constant(1))
        case ast.Call(func=function, args=args, keywords=keywords):
            for left_out in range(len(keywords)):
                kept = keywords[:left_out] + keywords[left_out + 1 :]
                yield ast.Call(function, args, kept)
            if len(args) > 1:
                yield ast.Call(function, [args[1], args[0], *args[2:]], keywords)
            if isinstance(function, ast.Attribute) and not isinstance(function.value, ast.Name):
                yield function.value
            if args and not isinstance(args[0], ast.Starred):
                yield args[0]
        case ast.Subscript(value=value, ctx=ast.Load()):
            yield value
        case ast.Tuple(elts=[first, second, *rest], ctx=ast.Load()):
            yield ast.Tuple([second, first, *rest], ast.Load())
        case ast.IfExp(body=body, orelse=other):
            yield from (body, other)
        case ast.Assign() | ast.AugAssign() | ast.If() | ast.Raise():
            yield ast.Pass()


def mistakes(code: str) -> Iterator[str]:
    """Yield a solution with one part replaced by a mistake that students make."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for new in replacements(node):
            # The copy takes `new` where it meets `node`.
            mutated = ast.fix_missing_locations(copy.deepcopy(tree, {id(node): new}))
            yield ast.unparse(mutated)


def name_of(code: str, mutant: str) -> str:
    """Name a mutant by the lines that it changes, as they are afterwards."""
    lines = list(unified_diff(code.splitlines(), mutant.splitlines(), n=0, lineterm=""))[2:]
    old = " / ".join(line[1:].strip() for line in lines if line.startswith("-"))
    new = " / ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return f"without: {old}" if new in ("", "pass") else new


def mutants(source: str) -> dict[str, str]:
    """Return the mutants of a solution by their names, always in the same order."""
    code = ast.unparse(ast.parse(source))
    found = {}
    for operator in operators():
        for occurrence in count():
            mutant = mutate_code(code, operator, occurrence)
            if mutant is None:
                break
            found[mutant] = None
    found |= dict.fromkeys(mistakes(code))
    result: dict[str, str] = {}
    seen = {code}
    for mutant in found:
        with contextlib.suppress(SyntaxError, ValueError):
            plain = ast.unparse(ast.parse(mutant))
            name = name_of(code, plain)
            if plain not in seen:
                while name in result:
                    name += " (again)"
                result[name] = plain
                seen.add(plain)
    return result


def equivalent() -> dict[str, dict[str, dict[str, str]]]:
    """Read which mutants are right answers, and why: by set, task and name."""
    return runpy.run_path(EQUIVALENT_FILE)["EQUIVALENT"]


@contextlib.contextmanager
def memory_limit() -> Iterator[None]:
    """Limit the memory that mutants may allocate, where the system can."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def scores(path: Path, selected=None, every: int = 1) -> dict[str, Score]:
    """Run the checks of a source notebook on mutants of its solutions.

    Parameters
    ----------
    selected
        The tasks; by default all.
    every
        Run each n-th mutant only.
    """
    notebook = nbformat.read(path, as_version=4)
    cells, right = by_id(notebook), equivalent().get(path.stem, {})
    result = {}
    for task in tasks(notebook) if selected is None else selected:
        every_mutant = mutants(cells[task].source)
        listed = right.get(task, {})
        unknown = set(listed) - set(every_mutant)
        assert not unknown, f"{path.stem}, {task}: no such mutants: {unknown}"
        chosen = {
            name: mutant
            for number, (name, mutant) in enumerate(every_mutant.items())
            if number % every == 0
        }
        seconds = SECONDS_TRAINING if task in TRAINING_TASKS else SECONDS
        with memory_limit(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of NumPy, about what the mutants compute
            found = verdicts(notebook, {task: chosen}, seconds)
        assert found[task, SOURCE].message is None, found[task, SOURCE].message
        result[task] = score = Score()
        for name in chosen:
            verdict = found[task, name]
            if verdict.raw:
                score.raw[name] = verdict.message or ""
            if verdict.message is None:
                (score.equivalent if name in listed else score.survivors).append(name)
            elif name in listed:
                raise AssertionError(f"{path.stem}, {task}: refused, but listed as right: {name}")
            else:
                (score.killed_when_graded if verdict.hidden else score.killed).append(name)
    return result
