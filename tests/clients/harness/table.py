"""The table, and whether every cell is as it should be."""

CASES = [
    "sign in", "call the API", "cached token", "forced refresh", "another scope", "wrong user flow", "sign out", "after a rotation",
    "after an outage", "ssoSilent", "no session", "two tabs", "cancel", "forgotten password",
    "preflight", "no token", "bad token", "missing scope", "not exposed", "not allowed",
]  # fmt: skip
FIRST, WIDTH = 20, 15
MOST_LINES, LONGEST_LINE = 12, 240


def show(found):
    """Prints a table for each tenant, and below it what went wrong; returns the exit status."""
    troubles = []
    for tenant, columns in found.items():
        print(f"\n{tenant}")
        print(" " * FIRST + "".join(f"{name:<{WIDTH}}" for name in columns).rstrip())
        for case in CASES:
            if not any(case in column.expected or case in column.reports for column in columns.values()):
                continue
            cells = {name: cell(column, case) for name, column in columns.items()}
            print(f"{case:<{FIRST}}" + "".join(f"{text:<{WIDTH}}" for text, _ in cells.values()).rstrip())
            troubles += [f"{tenant}, {name}, {case}: {why}" for name, (_, why) in cells.items() if why]
        print(f"{'seconds':<{FIRST}}" + "".join(f"{column.seconds:<{WIDTH}.0f}" for column in columns.values()).rstrip())
        for name, column in columns.items():
            unknown = set(column.reports) - set(CASES)
            troubles += [f"{tenant}, {name}, {case}: {column.reports[case].get('error', 'unexpected')}" for case in sorted(unknown)]
    for trouble in troubles:
        print("\n" + "\n".join(line[:LONGEST_LINE] for line in trouble.splitlines()[:MOST_LINES]))
    print(f"\n{len(troubles)} cells are not as they should be" if troubles else "\nall cells are as they should be")
    return 1 if troubles else 0


def cell(column, case):
    """What the cell says, and why that is wrong."""
    report = column.reports.get(case)
    if report is None:
        return ("missing", "it did not run") if case in column.expected else ("-", None)
    if "error" in report:
        return "FAILED", report["error"]
    return ("ok", None) if case in column.expected else ("ok?", "the harness does not expect this case")
