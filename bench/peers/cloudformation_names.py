"""What CloudFormation calls AWS's types and properties, where its own schema does not tell.

A type or property of the same name but for case, or the same in the plural, is found in the schema.
By the resource type reference of CloudFormation, read on 2026-11-28.
"""

from collections.abc import Mapping
from typing import Final

# Pulumi's modules by what CloudFormation calls the service.
SERVICES: Final[Mapping[str, str]] = {
    "alb": "elasticloadbalancingv2",
    "ec2clientvpn": "ec2",
    "elb": "elasticloadbalancing",
    "lb": "elasticloadbalancingv2",
    "mq": "amazonmq",
    "opensearch": "opensearchservice",
    "sfn": "stepfunctions",
    "vpc": "ec2",
}
TYPES: Final[Mapping[str, str]] = {
    "aws:autoscaling/group:Group": "AWS::AutoScaling::AutoScalingGroup",
    "aws:cloudwatch/logGroup:LogGroup": "AWS::Logs::LogGroup",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "AWS::Logs::ResourcePolicy",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "AWS::Logs::SubscriptionFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "AWS::CloudWatch::Alarm",
    "aws:docdb/cluster:Cluster": "AWS::DocDB::DBCluster",
    "aws:docdb/clusterInstance:ClusterInstance": "AWS::DocDB::DBInstance",
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": (
        "AWS::EC2::SnapshotBlockPublicAccess"
    ),
    "aws:ebs/volume:Volume": "AWS::EC2::Volume",
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": "AWS::EC2::VPCGatewayAttachment",
    "aws:ec2/managedPrefixList:ManagedPrefixList": "AWS::EC2::PrefixList",
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": "AWS::EC2::SubnetNetworkAclAssociation",
    "aws:ec2/networkAclRule:NetworkAclRule": "AWS::EC2::NetworkAclEntry",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "AWS::EC2::SubnetRouteTableAssociation",
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": "AWS::EC2::DHCPOptions",
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": (
        "AWS::EC2::VPCEndpointServicePermissions"
    ),
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation": "AWS::EC2::VPCCidrBlock",
    "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment": "AWS::EC2::VPCGatewayAttachment",
    "aws:ec2clientvpn/endpoint:Endpoint": "AWS::EC2::ClientVpnEndpoint",
    "aws:ec2clientvpn/route:Route": "AWS::EC2::ClientVpnRoute",
    "aws:ec2transitgateway/connect:Connect": "AWS::EC2::TransitGatewayConnect",
    "aws:ec2transitgateway/connectPeer:ConnectPeer": "AWS::EC2::TransitGatewayConnectPeer",
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": (
        "AWS::EC2::InstanceConnectEndpoint"
    ),
    "aws:ec2transitgateway/multicastDomain:MulticastDomain": (
        "AWS::EC2::TransitGatewayMulticastDomain"
    ),
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": (
        "AWS::EC2::TransitGatewayPeeringAttachment"
    ),
    "aws:ec2transitgateway/route:Route": "AWS::EC2::TransitGatewayRoute",
    "aws:ec2transitgateway/routeTable:RouteTable": "AWS::EC2::TransitGatewayRouteTable",
    "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation": (
        "AWS::EC2::TransitGatewayRouteTableAssociation"
    ),
    "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation": (
        "AWS::EC2::TransitGatewayRouteTablePropagation"
    ),
    "aws:ec2transitgateway/transitGateway:TransitGateway": "AWS::EC2::TransitGateway",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "AWS::EC2::TransitGatewayVpcAttachment",
    "aws:eks/nodeGroup:NodeGroup": "AWS::EKS::Nodegroup",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "AWS::IAM::OIDCProvider",
    "aws:lambda/functionUrl:FunctionUrl": "AWS::Lambda::Url",
    "aws:rds/cluster:Cluster": "AWS::RDS::DBCluster",
    "aws:rds/clusterInstance:ClusterInstance": "AWS::RDS::DBInstance",
    "aws:rds/instance:Instance": "AWS::RDS::DBInstance",
    "aws:rds/proxy:Proxy": "AWS::RDS::DBProxy",
    "aws:rds/subnetGroup:SubnetGroup": "AWS::RDS::DBSubnetGroup",
    "aws:route53/profilesAssociation:ProfilesAssociation": (
        "AWS::Route53Profiles::ProfileAssociation"
    ),
    "aws:route53/resolverEndpoint:ResolverEndpoint": "AWS::Route53Resolver::ResolverEndpoint",
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": (
        "AWS::Route53Resolver::FirewallDomainList"
    ),
    "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": (
        "AWS::Route53Resolver::FirewallRuleGroup"
    ),
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": (
        "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    ),
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": (
        "AWS::Route53Resolver::ResolverQueryLoggingConfig"
    ),
    "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation": (
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"
    ),
    "aws:route53/resolverRule:ResolverRule": "AWS::Route53Resolver::ResolverRule",
    "aws:route53/resolverRuleAssociation:ResolverRuleAssociation": (
        "AWS::Route53Resolver::ResolverRuleAssociation"
    ),
    "aws:route53/zone:Zone": "AWS::Route53::HostedZone",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "AWS::SecretsManager::ResourcePolicy",
    "aws:sns/topicSubscription:TopicSubscription": "AWS::SNS::Subscription",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "AWS::EC2::SecurityGroupEgress",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "AWS::EC2::SecurityGroupIngress",
}
# Resources of their own that CloudFormation writes into the bucket.
OF_A_BUCKET: Final[Mapping[str, str]] = {
    "aws:s3/bucketLogging:BucketLogging": "LoggingConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "OwnershipControls",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "PublicAccessBlockConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning": "VersioningConfiguration",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "BucketEncryption"
    ),
}
# What a template has to say where Pulumi's provider knows it by itself.
UNSAID_HERE: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::EC2::FlowLog": {"ResourceType": "VPC"},
    "AWS::EC2::VPNGateway": {"Type": "ipsec.1"},
    "AWS::IAM::RolePolicy": {"PolicyName": "policy"},
    "AWS::Lambda::Url": {"AuthType": "NONE"},
}
# By CloudFormation's type and then everywhere ("").
PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    "": {
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        "policy": "PolicyDocument",
        "vpcSecurityGroupIds": "SecurityGroupIds",
    },
    "AWS::AutoScaling::AutoScalingGroup": {
        "id": "LaunchTemplateId",
        "name": "AutoScalingGroupName",
    },
    "AWS::EC2::FlowLog": {"vpcId": "ResourceId"},
    "AWS::EC2::Instance": {"ami": "ImageId"},
    "AWS::EC2::NetworkInterface": {"securityGroups": "GroupSet"},
    "AWS::EC2::SecurityGroup": {
        "description": "GroupDescription",
        "egress": "SecurityGroupEgress",
        "ingress": "SecurityGroupIngress",
        "name": "GroupName",
        "protocol": "IpProtocol",
    },
    "AWS::EC2::SecurityGroupEgress": {
        "cidrIpv4": "CidrIp",
        "prefixListId": "DestinationPrefixListId",
        "referencedSecurityGroupId": "DestinationSecurityGroupId",
        "securityGroupId": "GroupId",
    },
    "AWS::EC2::SecurityGroupIngress": {
        "cidrIpv4": "CidrIp",
        "prefixListId": "SourcePrefixListId",
        "referencedSecurityGroupId": "SourceSecurityGroupId",
        "securityGroupId": "GroupId",
    },
    "AWS::EKS::Cluster": {"vpcConfig": "ResourcesVpcConfig"},
    "AWS::EKS::Nodegroup": {"nodeRoleArn": "NodeRole", "subnetIds": "Subnets"},
    "AWS::IAM::InstanceProfile": {"name": "InstanceProfileName", "role": "Roles"},
    "AWS::IAM::Role": {"name": "RoleName"},
    "AWS::IAM::RolePolicy": {"name": "PolicyName", "role": "RoleName"},
    "AWS::KMS::Key": {"policy": "KeyPolicy"},
    "AWS::KMS::Alias": {"name": "AliasName"},
    "AWS::Logs::LogGroup": {"name": "LogGroupName"},
    "AWS::S3::Bucket": {"bucket": "BucketName"},
    "AWS::ECR::Repository": {"name": "RepositoryName"},
    "AWS::ECR::RegistryPolicy": {"policy": "PolicyText"},
    "AWS::SecretsManager::ResourcePolicy": {"policy": "ResourcePolicy", "secretArn": "SecretId"},
    "AWS::SNS::Subscription": {"topic": "TopicArn"},
    "AWS::Route53::HostedZone": {"vpcs": "VPCs"},
}
