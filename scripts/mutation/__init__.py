"""Mutation testing: are the tests able to notice a wrong expression?"""
