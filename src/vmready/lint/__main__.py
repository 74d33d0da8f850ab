"""``python -m vmready.lint``."""

import sys

from vmready.lint import main

if __name__ == "__main__":
    sys.exit(main())
