#!/bin/sh
# Goal: images of DCMTK's storescu reach storescp and Orthanc through a relay: all paired; one altered byte is told, with its element.
. "$(dirname "$0")/peers.sh"
need python3 ss storescu storescp dump2dcm
mkdir "$DIR/in" "$DIR/store"
for n in $(seq 20); do
	printf '(0008,0016) UI =CTImageStorage\n(0008,0018) UI [1.2.826.0.1.3680043.9.41.%d]\n(0008,0060) CS [CT]\n(0010,0010) PN [DOE^JOHN%02d]\n(0010,0020) LO [P%02d]\n(0018,0060) DS [120]\n(0020,000d) UI [1.2.826.0.1.3680043.9.42]\n(0020,000e) UI [1.2.826.0.1.3680043.9.43]\n(0020,0013) IS [%d]\n(0028,0010) US 2\n(0028,0011) US 2\n' "$n" "$n" "$n" "$n" >"$DIR/one.dump"
	dump2dcm -q +te "$DIR/one.dump" "$DIR/in/$n.dcm"
done
bg srv storescp -q -od "$DIR/store" 11112
listening srv 11112
twice "DICOM, DCMTK" 11112 20 "(0010,0010)" "storescu -q +sd 10.41.2.2 11112 $DIR/in" JOHN13 JAHN13
if command -v Orthanc >/dev/null; then
	printf '{"StorageDirectory":"%s","IndexDirectory":"%s","RemoteAccessAllowed":true,"AuthenticationEnabled":false,"DicomPort":4242,"HttpPort":8042,"DicomCheckCalledAet":false,"OverwriteInstances":true}' \
		"$DIR/store" "$DIR/store" >"$DIR/orthanc.json"
	bg srv Orthanc "$DIR/orthanc.json"
	listening srv 4242
	twice "DICOM, Orthanc" 4242 20 "(0010,0010)" "storescu -q +sd 10.41.2.2 4242 $DIR/in" JOHN17 JAHN17
else
	echo "  Orthanc is not installed: skipped"
fi
echo "PASS"
