"""
The fault campaign: a thousand orders through two stores, everything failing that can, and then every promise held.

`python -m campaign --seed 7 --db postgres` is one history. What happens in it follows from the seed (`plan`), what
fails from the seed and what is asked (`tray_faults`, `sefaz_faults`): the n-th request for one path fails or does not,
however the processes were scheduled. What is promised is judged from outside (`judging`): plain SQL, and what both
sandboxes hold; and lies told to the books (`tampering`) prove that the judge looks.
"""
