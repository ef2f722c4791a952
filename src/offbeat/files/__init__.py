"""What is read from and written to a disk: regular files, places, scratch folders, cells of text, limits."""
