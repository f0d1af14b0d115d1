"""Check Java, jars, versions, memory and write access, and say what to do."""

import sys

from jobs.arguments import config_of, parser, run


def main(argv: list[str] | None = None) -> int:
    """Run the checks; 0 if all pass, else 2."""
    arguments = parser("doctor", __doc__).parse_args(argv)
    return run(lambda: examine(arguments), arguments.debug)


def examine(arguments) -> int:
    from brickyard.doctor import examine_machine

    findings = list(examine_machine(config_of(arguments).warehouse))
    for finding in findings:
        print(f"{'ok  ' if finding.passed else 'FAIL'}  {finding.name:<30} {finding.detail}")
    return 0 if all(finding.passed for finding in findings) else 2


if __name__ == "__main__":
    sys.exit(main())
