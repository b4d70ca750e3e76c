"""What is looked at: one file a subject. Each check takes a patient and gives what it finds."""
