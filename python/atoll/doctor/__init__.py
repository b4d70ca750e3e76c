"""What is wrong with an app, its tools and its machine, and what would mend it.

`examine` finds, `plan` says what treatments come to: a manifest's new text, and commands. Nothing is changed before
`Plan.write`, and nothing is run here that could change something.
"""

from atoll.doctor.diagnosis import Build, Diagnosis, Edit, Rewrite, Run, Severity
from atoll.doctor.examination import Report, examine, examine_machine
from atoll.doctor.patient import Patient, Surroundings
from atoll.doctor.treating import Plan, plan, shown

__all__ = (
    "Build",
    "Diagnosis",
    "Edit",
    "Patient",
    "Plan",
    "Report",
    "Rewrite",
    "Run",
    "Severity",
    "Surroundings",
    "examine",
    "examine_machine",
    "plan",
    "shown",
)
