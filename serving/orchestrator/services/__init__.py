"""The rules: plain functions on a session, used by the API and the page alike.

Every function takes the owner who asks and sees that owner's objects alone: foreign and unknown ids are `not_found`.
"""
