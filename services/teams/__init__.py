"""Teams, and the roles that teams and members have in projects."""
