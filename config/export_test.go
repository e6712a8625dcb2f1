package config

// Fields are the addresses of the fields of c that have a setting.
func Fields(c *Config) []any {
	var list []any
	for _, s := range settings(c) {
		list = append(list, s.field.at())
	}
	return list
}

// Keys are the settings' names.
func Keys() []string {
	var c Config
	var list []string
	for _, s := range settings(&c) {
		list = append(list, s.key)
	}
	return list
}
