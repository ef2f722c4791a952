"""The data sets with a name: where their files lie, how they are fetched and checked."""
