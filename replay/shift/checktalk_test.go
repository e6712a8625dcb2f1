package shift_test

import "officermobile/replay/shift"

func (c *checker) talk(s shift.Step) {
	switch do := s.Do.(type) {
	case shift.CreateConversation:
		conversation := c.plan.Conversations[do.Conversation]
		c.require(s, conversation.Creator == s.By && conversation.Kind == shift.Personal, "not theirs")
		c.exists[do.Conversation] = true
		c.join(do.Conversation, s.By)
		for _, no := range conversation.Invitations {
			c.invite(s, no, do.Conversation)
			if conversation.Single() {
				c.join(do.Conversation, c.plan.Invitations[no].Invitee)
			}
		}
	case shift.Invite:
		no := c.plan.Invitations[do.Invitation].Conversation
		c.invite(s, do.Invitation, no)
		c.require(s, c.in(no, s.By), "not a member")
		c.require(s, c.open(no), "closed")
	case shift.Cancel:
		c.answer(s, do.Invitation)
		c.require(s, c.plan.Invitations[do.Invitation].Inviter == s.By, "not the inviter")
	case shift.Accept:
		c.answer(s, do.Invitation)
		c.join(c.plan.Invitations[do.Invitation].Conversation, c.invitee(s, do.Invitation))
	case shift.Reject:
		c.answer(s, do.Invitation)
		delete(c.members[c.plan.Invitations[do.Invitation].Conversation], c.invitee(s, do.Invitation))
	case shift.Comment:
		c.require(s, c.created[do.Dispatch] && !c.closed[do.Dispatch], "no open dispatch")
		c.join(c.plan.Dispatches[do.Dispatch].Conversation, s.By)
		if do.Message != shift.None {
			c.post(s, do.Message)
		}
	case shift.Leave:
		c.require(s, c.in(do.Conversation, s.By), "not a member")
		delete(c.members[do.Conversation], s.By)
	case shift.Post:
		c.post(s, do.Message)
	case shift.Acknowledge:
		m := c.plan.Messages[do.Message]
		at, ok := c.posted[do.Message]
		key := [2]int{int(do.Message), int(s.By)}
		c.require(s, ok && m.Urgent && m.Author != s.By && at.Before(s.At), "nothing to acknowledge")
		c.require(s, c.in(m.Conversation, s.By) && !c.acked[key], "not a member, or again")
		c.require(s, !c.dead(s.On, at, s.At), "has not received it")
		c.acked[key] = true
	case shift.Read:
		c.require(s, c.exists[do.Conversation] && c.in(do.Conversation, s.By), "not a member")
	}
}

func (c *checker) open(no shift.ConversationNo) bool {
	d := c.plan.Conversations[no].Dispatch
	return c.exists[no] && (d == shift.None || !c.closed[d])
}

func (c *checker) post(s shift.Step, no shift.MessageNo) {
	m := c.plan.Messages[no]
	_, twice := c.posted[no]
	c.require(s, !twice && m.Author == s.By && m.Text != "", "not theirs, again, or empty")
	c.require(s, c.in(m.Conversation, s.By), "not a member")
	c.require(s, c.open(m.Conversation), "closed")
	c.posted[no] = s.At
}

func (c *checker) invite(s shift.Step, no shift.InvitationNo, in shift.ConversationNo) {
	i := c.plan.Invitations[no]
	_, twice := c.invited[no]
	c.require(s, !twice && i.Inviter == s.By && i.Conversation == in, "not their invitation, or again")
	c.require(s, c.duty[i.Invitee] && !c.in(in, i.Invitee), "invitee is in, or off duty")
	c.invited[no] = s.At
	if c.dead(c.plan.People[i.Invitee].Devices[0], s.At, s.At) {
		c.deadCalls++
	}
}

func (c *checker) answer(s shift.Step, no shift.InvitationNo) {
	at, ok := c.invited[no]
	c.require(s, ok && !c.answered[no] && at.Before(s.At), "no invitation to answer")
	c.answered[no] = true
}

func (c *checker) invitee(s shift.Step, no shift.InvitationNo) shift.PersonNo {
	who := c.plan.Invitations[no].Invitee
	c.require(s, who == s.By, "not the invitee")
	c.require(s, !c.dead(s.On, c.invited[no], s.At), "has not received it")
	return who
}
