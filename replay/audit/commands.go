package audit

import (
	"fmt"

	"officermobile/models"
)

// Command is what a device gave, and what it was told became of it.
type Command struct {
	CommandKey
	ID      models.CommandID
	Type    string
	Outcome models.Outcome // "" for not told
}

// CheckCommands compares what devices were told with the log: what was told must be there, once, and so.
func CheckCommands(log *Log, given []Command) (problems []string) {
	for _, c := range given {
		d, ok := log.Commands[c.CommandKey]
		switch {
		case ok && d.ID != c.ID:
			problems = append(problems, describe(c, "is another command in the log"))
		case ok && d.Times != 1:
			problems = append(problems, describe(c, "is in the log "+fmt.Sprint(d.Times)+" times"))
		case c.Outcome == "":
			continue // not told: it may be there or not
		case !ok:
			problems = append(problems, describe(c, "is not in the log"))
		case d.Outcome != c.Outcome:
			problems = append(problems, describe(c, "is "+string(d.Outcome)+" in the log"))
		}
	}
	return problems
}

func describe(c Command, what string) string {
	told := string(c.Outcome)
	if told == "" {
		told = "unanswered"
	}
	return fmt.Sprintf("%s %d of lane %d, device %s, %s: %s", c.Type, c.Num, c.Lane, c.Device, told, what)
}
