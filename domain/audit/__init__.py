"""The audit log: who changed what, from where, in a chain that shows when a link is missing.

A verb says what it did with one line, `uow.audit(…)`: how, is told in `domain.shared.audit`. The
unit of work writes its entries at the very end of its transaction through `append_audit`, the only
way in (migration 0009): an aborted one leaves nothing, a committed one cannot be without its entry.
A mutation of the schema that writes none fails `tests/graph/audit/test_every_mutation.py`.

Every entry is hashed with the hash of the entry before it:
`sha256(previous hash || seq || microseconds since 1970 || record)`, both numbers in 8 bytes, the
first one with `sha256("metamorph audit " + workspace)`. So whoever changes, deletes, inserts or
swaps entries breaks the chain, and `verify.py` says where. Who owns the tables can still write the
whole chain anew: `metamorph audit verify` prints the newest hash, to be kept where he is not.
"""
