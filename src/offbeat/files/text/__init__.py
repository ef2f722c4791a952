"""Tables of text from bytes to typed columns: encodings, what parts the columns, names, cells."""
