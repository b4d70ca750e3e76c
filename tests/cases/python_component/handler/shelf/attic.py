TEXT = "from the attic\n"
