"""``python -m wasm_connect build MODULE -o FILE.wasm``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ._build import BuildError, build


def main() -> int:
    """Runs the subcommand; 1 if it failed, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m wasm_connect")
    subcommands = parser.add_subparsers(dest="command", required=True)
    builder = subcommands.add_parser("build", help="make a component of a module that exports plugin classes")
    builder.add_argument("module", help="the module's name, such as countdown")
    builder.add_argument("-o", "--output", type=Path, help="the component [default: MODULE.wasm]")
    builder.add_argument(
        "-p",
        "--path",
        type=Path,
        action="append",
        help="a directory to import from, may be given more than once [default: this one]",
    )
    arguments = parser.parse_args()
    output = arguments.output or Path(f"{arguments.module}.wasm")
    try:
        made = build(arguments.module, output, [path.resolve() for path in arguments.path or [Path()]])
    except BuildError as error:
        print(f"wasm_connect build: {error}", file=sys.stderr)
        return 1
    print(f"{output}: {'made' if made else 'nothing has changed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
