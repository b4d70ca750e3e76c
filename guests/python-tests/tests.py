"""Tests of `users.py`; of the words after the program's name, each is a test that is left out."""

import sys
import unittest

import users
from wit_world import exports
from wit_world.imports import environment


class Users(unittest.TestCase):
    def test_a_user_is_kept(self) -> None:
        self.assertEqual(users.keep("ada"), ["user:ada"])

    def test_the_first_one_is_alone(self) -> None:
        self.assertEqual(users.keep("bob"), ["user:bob"])


class Run(exports.Run):
    def run(self) -> None:
        left_out = environment.get_arguments()[1:]
        names = [name for name in unittest.defaultTestLoader.getTestCaseNames(Users) if name not in left_out]
        done = unittest.TextTestRunner(sys.stdout, verbosity=2).run(unittest.TestSuite(map(Users, names)))
        if not done.wasSuccessful():
            sys.exit(1)
