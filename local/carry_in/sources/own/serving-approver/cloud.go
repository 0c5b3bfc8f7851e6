package main

import (
	"context"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"heiiki/own/serving-approver/decide"
)

const clusterTag = "tag:heiiki:cluster" // no machine may set tags

// cloud asks EC2 for the cluster's machines: by the name that a node has, since that is what machines
// are let in by. What a Node object says of its instance and its addresses, its kubelet may have written.
type cloud struct {
	ec2     ec2.DescribeInstancesAPIClient
	cluster string
}

func (c cloud) named(ctx context.Context, node string) ([]decide.Instance, error) {
	pages := ec2.NewDescribeInstancesPaginator(c.ec2, &ec2.DescribeInstancesInput{
		Filters: []types.Filter{
			{Name: aws.String("private-dns-name"), Values: []string{node}},
			{Name: aws.String(clusterTag), Values: []string{c.cluster}},
			{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
		},
	})
	var found []decide.Instance
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, reservation := range page.Reservations {
			for _, one := range reservation.Instances {
				found = append(found, instance(one))
			}
		}
	}
	return found, nil
}

// instance takes the same names and addresses of a machine as the cloud controller gives its node.
func instance(one types.Instance) decide.Instance {
	made := decide.Instance{
		ID:   aws.ToString(one.InstanceId),
		Name: aws.ToString(one.PrivateDnsName),
	}
	for _, name := range []*string{one.PrivateDnsName, one.PublicDnsName} {
		if text := aws.ToString(name); text != "" {
			made.Names = append(made.Names, strings.ToLower(text))
		}
	}
	texts := []*string{one.PublicIpAddress}
	for _, wire := range one.NetworkInterfaces {
		if wire.Status != types.NetworkInterfaceStatusInUse {
			continue
		}
		for _, address := range wire.PrivateIpAddresses {
			texts = append(texts, address.PrivateIpAddress)
		}
		for _, address := range wire.Ipv6Addresses {
			texts = append(texts, address.Ipv6Address)
		}
	}
	for _, text := range texts {
		if address, err := netip.ParseAddr(aws.ToString(text)); err == nil {
			made.Addresses = append(made.Addresses, address)
		}
	}
	return made
}
