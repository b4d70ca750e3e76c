"""Apps that are compiled before they are needed, and signed by who did it: machine code is run as it is."""
