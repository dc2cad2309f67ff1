"""keystone: a revision reads a default from its configuration, so there has to be one."""

import keystone.conf

keystone.conf.configure()
keystone.conf.CONF([], project="keystone", default_config_files=[])
