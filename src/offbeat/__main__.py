"""``python -m offbeat``: the command, where its script is not on the path."""

from offbeat.cli.main import main

if __name__ == "__main__":
    main()
