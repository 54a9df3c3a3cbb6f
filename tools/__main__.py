"""`python -m tools`: the command line, which `./hub` calls."""

from tools.cli import main

if __name__ == "__main__":
    main()
