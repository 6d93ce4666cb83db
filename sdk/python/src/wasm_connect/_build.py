"""Makes a component of a module that exports plugin classes, by componentize-py."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from .plugins import Plugins, exported

#: The package of the SDK, which goes into the component, and the contract in it.
_PACKAGE = Path(__file__).parent
_CONTRACT = _PACKAGE / "wit"

_RUN_COMPONENTIZE = (
    "import sys; from componentize_py import script; sys.argv[0] = 'componentize-py'; sys.exit(script())"
)

#: The world that is made of the contract's, with what the classes need.
_WORLD = "python"

#: The module that componentize-py is given; it must not be called as any other.
_ENTRY = "wasm_connect_entry"

_ENTRY_TEXT = '''\
"""Names what the component exports."""

from wasm_connect._component import {exports}
from wasm_connect._component import keep_source_lines

import {module}  # noqa: F401  # calls export

# Imported in functions: later there would be no file to import from.
for _name in {lazy!r}:
    try:
        __import__(_name)
    except ImportError:
        pass

keep_source_lines()
'''


class BuildError(Exception):
    """Why there is no component."""


def build(module_name: str, output: Path, paths: list[Path]) -> bool:
    """Makes ``output`` of the module ``module_name``, with ``paths`` to import from; False: it was there and nothing has changed.

    Raises :class:`BuildError`.
    """
    sys.path[:0] = map(str, paths)
    try:
        importlib.import_module(module_name)
    except ImportError as error:
        raise BuildError(f"cannot import {module_name} from {', '.join(map(str, paths))}: {error}") from error
    plugins = exported()
    if not plugins.all:
        raise BuildError(f"{module_name} exports no classes: call wasm_connect.export at its top level")
    modules = list(_foreign_modules())
    stamp = output.with_name(f"{output.name}.inputs")
    inputs = _digest(module_name, modules)
    if output.exists() and stamp.exists() and stamp.read_text() == inputs:
        return False
    stamp.unlink(missing_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    _componentize(module_name, plugins, output, paths, _lazy_imports(modules))
    stamp.write_text(inputs)
    return True


def _componentize(module_name: str, plugins: Plugins, output: Path, paths: list[Path], lazy: list[str]) -> None:
    world, exports = _shape(plugins)
    with tempfile.TemporaryDirectory() as directory:
        entry = Path(directory) / f"{_ENTRY}.py"
        entry.write_text(_ENTRY_TEXT.format(exports=", ".join(exports), module=module_name, lazy=lazy))
        wit = Path(directory) / "wit"
        shutil.copytree(_CONTRACT, wit, ignore=lambda _, names: [name for name in names if not name.endswith(".wit")])
        (wit / f"{_WORLD}.wit").write_text(world)
        made = Path(directory) / "component.wasm"
        command = [
            sys.executable,
            "-c",
            _RUN_COMPONENTIZE,
            "--wit-path",
            str(wit),
            "--world",
            _WORLD,
            "componentize",
        ]
        for path in (directory, *paths, _PACKAGE.parent):
            command += ["--python-path", str(path)]
        command += ["--output", str(made), _ENTRY]
        done = subprocess.run(command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise BuildError(f"componentize-py could not make a component of {module_name}:\n{done.stdout.rstrip()}")
        # Beside it first: a worker may be looking.
        beside = output.with_name(f".{output.name}.{os.getpid()}")
        beside.write_bytes(made.read_bytes())
        beside.replace(output)


def _shape(plugins: Plugins) -> tuple[str, list[str]]:
    """A world with what the classes need, and the names of its exports."""
    of_kinds = (
        (plugins.sources, "source-plugin", ["SourceConnector", "SourceTask"]),
        (plugins.sinks, "sink-plugin", ["SinkConnector", "SinkTask"]),
        (plugins.transformations, "transformation-plugin", ["Transformation"]),
        (plugins.predicates, "predicate-plugin", ["Predicate"]),
        (plugins.converters or plugins.header_converters, "converter-plugin", ["Converter"]),
    )
    included, exports = [], ["Plugin"]
    for classes, world, interfaces in of_kinds:
        if classes:
            included.append(f"include {world};")
            exports += interfaces
    # The stages' worlds of the contract have no metrics.
    world = f"package kafka:connect@0.1.0;\nworld {_WORLD} {{ import metrics; {' '.join(included)} }}\n"
    return world, exports


def _environment() -> dict[str, str]:
    """Tells componentize-py where packages are: those of this Python's virtual environment, if it is one."""
    environment = dict(os.environ)
    if "VIRTUAL_ENV" not in environment and sys.prefix != sys.base_prefix:
        environment["VIRTUAL_ENV"] = sys.prefix
    return environment


# === what goes into the component


def _foreign_modules() -> Iterator[tuple[ModuleType, Path]]:
    """What was imported that is neither of the standard library nor the SDK: the plugin, and what it needs."""
    standard = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    packages = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file or not file.endswith(".py"):
            continue
        source = Path(file)
        is_standard = any(source.is_relative_to(path) for path in standard)
        is_package = any(source.is_relative_to(path) for path in packages)
        if source.is_relative_to(_PACKAGE) or (is_standard and not is_package):
            continue
        yield module, source


def _digest(module_name: str, modules: list[tuple[ModuleType, Path]]) -> str:
    """Stands for everything that the component is made of."""
    digest = hashlib.sha256()
    digest.update(f"{module_name} {_toolchain()}\n".encode())
    sources = {module.__name__: source for module, source in modules}
    sources |= {f"sdk/{path.relative_to(_PACKAGE)}": path for path in _PACKAGE.rglob("*.py")}
    sources |= {f"wit/{path.name}": path for path in _CONTRACT.glob("*.wit")}
    for name, source in sorted(sources.items()):
        content = hashlib.sha256(source.read_bytes()).hexdigest()
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest() + "\n"


def _toolchain() -> str:
    try:
        return version("componentize-py")
    except PackageNotFoundError:
        raise BuildError("componentize-py is not installed: pip install 'wasm-connect[build]'") from None


def _lazy_imports(modules: list[tuple[ModuleType, Path]]) -> list[str]:
    """Modules that are imported in functions only."""
    names: set[str] = set()
    for module, source in modules:
        tree = ast.parse(source.read_bytes(), str(source))
        for function in ast.walk(tree):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                for node in ast.walk(function):
                    names.update(_imported(node, module.__package__ or ""))
    return sorted(names)


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        relative = "." * node.level + (node.module or "")
        base = importlib.util.resolve_name(relative, package) if node.level else relative
        yield base
        # What is imported may be a module of its own.
        yield from (f"{base}.{alias.name}" for alias in node.names)
