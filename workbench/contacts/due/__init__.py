"""What is due: events of single customers that ask for a contact by a day."""
