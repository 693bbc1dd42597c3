# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's commands: `python -m ansible_collections.alga.appliance.tests.appliance.node up|down|stop|status|env|build`."""

from __future__ import annotations

import argparse
import os
import sys

from ansible_collections.alga.appliance.tests.appliance.node import lifecycle, report
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError, say
from ansible_collections.alga.appliance.tests.appliance.node.settings import from_environment

_COMMANDS = {
    "up": "build what is missing and bring the node up; nothing happens when it is up",
    "down": "end the node and remove every trace of it",
    "stop": "end the node's processes and keep its data; up starts it again",
    "status": "say what runs",
    "env": "print shell exports for using the node",
    "build": "build programs and images without starting anything",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 after one message on stderr."""
    parser = argparse.ArgumentParser(prog="node", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        commands.add_parser(name, help=text, description=text)
    command = parser.parse_args(arguments).command
    try:
        settings = from_environment()
        if command in {"up", "down", "stop", "build"} and os.geteuid() != 0:
            raise NodeError(f"The command {command} needs root; this runs as user id {os.geteuid()}.")
        if command == "up":
            lifecycle.up(settings)
        elif command == "down":
            lifecycle.down(settings)
        elif command == "stop":
            lifecycle.stop(settings)
        elif command == "build":
            lifecycle.build()
        elif command == "env":
            print(report.exports(settings))
        else:
            print(report.status(settings))
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on where this one was")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
