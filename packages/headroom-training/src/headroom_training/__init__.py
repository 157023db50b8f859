"""Trains the line scorer of `headroom.compressors` on recorded sessions. Not part of any wheel.

`python -m headroom_training SESSIONS... --hold-out REPO` trains without the repositories held out,
prints how well the trees find the lines that were used later in those, trains again on everything,
and writes the trees.
"""
