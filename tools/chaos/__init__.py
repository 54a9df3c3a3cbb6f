"""`./hub chaos`: proof that nothing a broker acknowledged is lost or doubled, whatever falls over meanwhile.

`numbering` gives every message a number that its row still tells; `publishers` send them and remember what the
broker acknowledged; `proxy` and `disorder` break things; `watch` follows the database; `verdict` compares.
"""
