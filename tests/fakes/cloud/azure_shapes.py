"""What the fake of Azure takes: bodies by kind, and the api-versions by a part of the path. A key that ends with ! must be
there; one that is not listed is refused."""

from core import Refusal

VERSIONS = [("/register", {"2021-04-01"}), ("/skus", {"2021-07-01"} | {"2024-11-01"}), ("microsoft.compute/disks", {"2024-03-02"}),
            ("/providers/microsoft.compute/", {"2024-03-01", "2024-11-01"}),
            ("/providers/microsoft.network/", {"2024-05-01"}), ("/resourcegroups/", {"2021-04-01"}),
            ("/providers/", {"2021-04-01"}), ("", {"2022-12-01", "2021-04-01"})]

REFERENCE = {"id!": str}
TAGS = {"*": str}
RULE = {"name!": str, "properties!": {
    "protocol!": str, "sourcePortRange!": str, "destinationAddressPrefix!": str, "destinationPortRange!": str,
    "sourceAddressPrefix": str, "sourceAddressPrefixes": [str], "access!": str, "direction!": str, "priority!": int}}
SUBNET = {"addressPrefix!": str, "defaultOutboundAccess": bool}

SHAPES = {
    "group": {"location!": str, "tags": TAGS},
    "availabilitySets": {"location!": str, "tags": TAGS, "sku!": {"name!": str}, "properties!": {
        "platformFaultDomainCount": int, "platformUpdateDomainCount": int}},
    "networkSecurityGroups": {"location!": str, "tags": TAGS, "properties!": {"securityRules!": [RULE]}},
    "virtualNetworks": {"location!": str, "tags": TAGS, "properties!": {
        "addressSpace!": {"addressPrefixes!": [str]}, "subnets": [{"name!": str, "properties!": SUBNET}]}},
    "subnets": {"properties!": SUBNET},
    "publicIPAddresses": {"location!": str, "tags": TAGS, "zones": [str], "sku!": {"name!": str}, "properties!": {
        "publicIPAllocationMethod!": str, "publicIPAddressVersion": str, "dnsSettings": {"domainNameLabel!": str}}},
    "networkInterfaces": {"location!": str, "tags": TAGS, "properties!": {
        "networkSecurityGroup": REFERENCE, "enableAcceleratedNetworking": bool, "ipConfigurations!": [{
            "name!": str, "properties!": {"subnet!": REFERENCE, "publicIPAddress": REFERENCE,
                                          "privateIPAllocationMethod!": str, "privateIPAddress": str}}]}},
    "virtualMachines": {
        "location!": str, "tags": TAGS, "zones": [str],
        "plan": {"publisher!": str, "product!": str, "name!": str},
        "properties!": {
            "hardwareProfile!": {"vmSize!": str},
            "storageProfile!": {
                "imageReference!": {"publisher": str, "offer": str, "sku": str, "version": str, "id": str},
                "osDisk!": {"name!": str, "createOption!": str, "deleteOption": str, "diskSizeGB": int,
                            "managedDisk": {"storageAccountType!": str}}},
            "osProfile!": {"computerName!": str, "adminUsername!": str, "customData": str, "linuxConfiguration!": {
                "disablePasswordAuthentication!": bool,
                "ssh!": {"publicKeys!": [{"path!": str, "keyData!": str}]}}},
            "networkProfile!": {"networkInterfaces!": [{
                "id!": str, "properties": {"primary": bool, "deleteOption": str}}]},
            "availabilitySet": REFERENCE, "priority": str, "evictionPolicy": str,
            "billingProfile": {"maxPrice": (int, float)}}},
}


def check_shape(value, shape, where):
    """The value, if it has the shape."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise Refusal(400, "InvalidRequestFormat", f"{where} is no object")
        known = {key.rstrip("!"): part for key, part in shape.items()}
        missing = {key[:-1] for key in shape if key.endswith("!")} - set(value)
        if missing:
            raise Refusal(400, "InvalidRequestContent", f"{where} has no {sorted(missing)}")
        for key, part in value.items():
            if key not in known and "*" not in known:
                raise Refusal(400, "InvalidRequestContent", f"Could not find member '{key}' on {where}")
            check_shape(part, known.get(key, known.get("*")), f"{where}.{key}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise Refusal(400, "InvalidRequestFormat", f"{where} is no list")
        for each in value:
            check_shape(each, shape[0], where)
    elif not isinstance(value, shape) or isinstance(value, bool) and shape is not bool:
        raise Refusal(400, "InvalidRequestFormat", f"{where} is {value!r}")
    return value
