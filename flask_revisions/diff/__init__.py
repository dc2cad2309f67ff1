"""The shape that a database has, and the shape that it is to have -> what is different, and the operations for it."""
