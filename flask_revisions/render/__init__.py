"""Operations -> Python source, and the imports that it needs."""
