"""What the archive holds, in forms that other people's programs read: sheets, CSV, JSON Lines, Atom, WACZ.

Everything but WACZ, which is the captures themselves, is read from public.db, so that nothing private or doubted
leaves; only where a caller says that it stays in the house is the ledger read.
"""
