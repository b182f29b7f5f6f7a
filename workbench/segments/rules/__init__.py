"""Rule segments: any depth of and, or and not over what is known of a customer."""
