namespace Mesh.Xds;
