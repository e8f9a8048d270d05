"""What rules, choices and comparisons observe with: writes, lists, walks, values to ask for, kinds of evidence."""
