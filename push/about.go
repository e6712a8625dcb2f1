package push

import "officermobile/models/record"

// About says what a verdict is about, in the words of the API, and its id: of the conversation for routine messages.
func (v VerdictRecord) About() (what string, id record.UUID) {
	t, _ := parseThing(v.Thing)
	switch t.sort {
	case anUrgent:
		return "urgent_message", t.id
	case anInvitation:
		return "invitation", t.id
	case aTask:
		return "task", t.id
	case aTest:
		return "test", t.id
	}
	return "message", t.id
}
