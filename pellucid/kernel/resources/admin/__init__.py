"""What administrators set: roles and grants, dictionaries, custom fields and layouts, what everybody left behind; and one's own profile."""
