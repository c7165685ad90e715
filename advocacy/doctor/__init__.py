"""What is wrong with this site, and what to do about it: for whoever runs it.

One module an area. Each looks, changes nothing, and tells what it found; none of it names a person,
a secret or a key's content.
"""
