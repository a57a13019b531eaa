# SPDX-License-Identifier: Apache-2.0
"""Test functions in order of their definition, as TAP. A function named test_* is one behaviour;
its docstring is the name."""
import sys
import traceback


def run(namespace, summary=False):
    """summary: end with the line that .ci/run counts, for scripts that no runner starts."""
    tests = [f for n, f in namespace.items() if n.startswith("test_") and callable(f)]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = " ".join((test.__doc__ or test.__name__).split())
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # the report goes on with the next behaviour
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print("#", line, flush=True)
    if summary:
        print(f"{len(tests) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}\n  got    {got!r}\n  wanted {wanted!r}")
