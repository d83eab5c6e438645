"""A composite of our own from indicators, and how far its ranks depend on the method.

The flow: `tree` (what it is made of) -> `prepare`, `outliers`, `normalise`, `weights`, `aggregate`
(plain functions) -> `engine.build` (one method) -> `replicates`, `uncertainty` and `sobol` (all
methods at once); `multivariate` and `strengths` look into the result; `official` is the ICT
composite that `defined` reads from ``rankings/composite/catalogue``.
"""
