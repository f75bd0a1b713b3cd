"""Small portals of any county on any family of portal software, each misbehaving in ways that its switches name.

One site is one county on one family, with a seed. All of it is invented but the townships' names and codes; what is
known of the software's addresses, parameters and answers is followed, and nothing here reads a page.
"""
