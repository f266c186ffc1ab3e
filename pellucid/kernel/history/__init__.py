"""What was true when: who changed what (audit), and which values held from when to when (spans)."""
