import { AssignerProtocol, type PartitionAssigner } from '../kafkajs';

/**
 * Partition n of every topic goes to the same member, so that co-partitioned topics meet in one process.
 * For locality only: nothing is wrong when a rebalance tears them apart for a moment.
 */
export const bucketAssigner: PartitionAssigner = ({ cluster }) => {
  const name = 'clickjoin-buckets';
  const version = 1;
  return {
    name,
    version,
    assign: ({ members, topics }) => {
      const memberIds = members.map(({ memberId }) => memberId).sort();
      return Promise.resolve(
        memberIds.map((memberId, member) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version,
            assignment: Object.fromEntries(
              topics.map((topic) => [
                topic,
                cluster
                  .findTopicPartitionMetadata(topic)
                  .map(({ partitionId }) => partitionId)
                  .filter((partition) => partition % memberIds.length === member),
              ]),
            ),
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }),
    }),
  };
};
