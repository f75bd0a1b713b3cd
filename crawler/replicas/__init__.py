"""Portals on loopback that behave like those of three real counties and follow a clock.

`truth` says what every township published, when and with which figures; `jinxiang`, `yanggu` and `huangchuan` show it
the way three families of portal software do; `season` says by hand what a monitor should make of it. `client` runs all.
"""
