package config

import (
	"regexp"
	"strings"
)

// releaseForm is an app's name and a version of three numbers.
var releaseForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}/\d{1,9}\.\d{1,9}\.\d{1,9}$`)

// releases is a list of apps with a version each, by commas. An app that stands twice refuses the start: one of the two
// is a mistake, and the wrong one could shut every phone out.
func releases(field *[]string) value {
	return must(field, "apps with their version, such as officer-ios/3.2.0, with commas between and each once, or empty", parseReleases, func(list []string) string {
		return strings.Join(list, ", ")
	})
}

func parseReleases(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	var list []string
	seen := map[string]bool{}
	for word := range strings.SplitSeq(s, ",") {
		word = strings.TrimSpace(word)
		app, _, _ := strings.Cut(word, "/")
		if !releaseForm.MatchString(word) || seen[app] {
			return nil, errUnfit
		}
		seen[app] = true
		list = append(list, word)
	}
	return list, nil
}
