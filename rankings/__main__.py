"""``python -m rankings``."""

from rankings.cli import main

if __name__ == "__main__":
    main()
