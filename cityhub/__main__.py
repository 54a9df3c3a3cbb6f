"""`python -m cityhub`: the command line, which `./hub` calls."""

from cityhub.cli import main

if __name__ == "__main__":
    main()
