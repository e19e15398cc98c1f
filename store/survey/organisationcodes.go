package survey

// OrganisationKinds returns the kinds in the order in which forms list them.
func OrganisationKinds() []OrganisationKind {
	return []OrganisationKind{KindCompany, KindCharity, KindNHS, KindUniversity, KindPublic, KindIndividual, KindOther}
}

// OrganisationStatuses returns the statuses of a public register.
func OrganisationStatuses() []OrganisationStatus {
	return []OrganisationStatus{StatusActive, StatusDissolved, StatusUnknown}
}
