/** kafkajs as this system uses it: everything here imports kafkajs through this file, so always patched. */
import './patches';

export * from 'kafkajs';
